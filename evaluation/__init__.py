"""`make eval`: what the engines do on a folder of labelled images, as rates with their intervals."""
