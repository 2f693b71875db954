"""Figures, each as a ratio beside a peer or the floor measured in the same run (`make bench`)."""
