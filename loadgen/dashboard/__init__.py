"""The live dashboard: what a measurement looks like while it goes on.

`view` starts a process that draws, and sends it what is new a few times a second. To draw takes a hundred times as long
as to look, and would hold up the load if it were done in its process. There `story` makes a `Snapshot` of what has
arrived, and `frame` makes a picture of that; these are pure.
"""
