"""What to write into config.pbtxt to get a configuration for good."""

from loadgen.study.axes import Config, Settings, configured
from loadgen.triton.configuration import as_pbtxt


def fragment(original: Config, settings: Settings) -> str:
    """Return the fields that the settings change, and a comment for each that is to be removed."""
    config = configured(original, settings)
    changed = {name: value for name, value in config.items() if original.get(name) != value}
    if "instance_group" in changed:
        changed["instance_group"] = [_unnamed(group, config) for group in changed["instance_group"]]
    removed = [f"# without {name}" for name in sorted(original.keys() - config.keys())]
    return "\n".join([*([as_pbtxt(changed)] if changed else []), *removed])


def _unnamed(group: Config, config: Config) -> Config:
    """Leave out the name that Triton gives to a group without one."""
    is_made_up = group.get("name", "").startswith(f"{config.get('name')}_")
    return {field: value for field, value in group.items() if not (field == "name" and is_made_up)}
