"""The kit of every HTTP route: scopes, problems, pages."""
