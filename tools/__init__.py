"""What is used to build, check and try the project, and is no part of it."""
