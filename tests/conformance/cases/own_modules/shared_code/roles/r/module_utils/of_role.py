data = "from the role"
