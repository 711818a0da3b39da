"""Registry storage: one seam, a module for each database, and the files on disk."""
