"""Measurements on a large made-up world."""
