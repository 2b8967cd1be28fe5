"""Maps as pictures, painted in the thread that computes."""
