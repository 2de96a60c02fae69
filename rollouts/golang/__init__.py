"""What imitates Go: its types and values, how it writes and reads them, its times and regular expressions."""
