"""Teams, their members and their projects."""
