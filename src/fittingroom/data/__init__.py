"""Training data: labelled photo folders, augmentation, and compositing of cut-out people."""
