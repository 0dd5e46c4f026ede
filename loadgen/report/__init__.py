"""Results as text, for terminals and for scripts. Pure: everything here returns what the command line prints."""
