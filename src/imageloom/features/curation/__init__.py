"""What people think of pictures: picks, ratings and labels, boards, the trash."""
