"""What the server answers beside the page; one router a file."""
