"""Every request to another machine leaves through here: bounded, guarded, counted, and never repeated by itself."""
