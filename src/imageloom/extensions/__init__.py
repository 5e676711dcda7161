"""What can be plugged in, one file each."""
