"""From a draft to a claim somebody stands behind, and the files that hold both."""
