"""Text on a terminal, in a pipe and in a file: the table printer, and letters that not every place can show."""
