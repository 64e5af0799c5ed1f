"""Matching on files, without any server: scores or people in, a folder with pairs and their proof out."""
