"""Who people are: users and their tokens."""
