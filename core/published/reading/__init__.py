"""What a published file holds: text, header, codes, periods, figures."""
