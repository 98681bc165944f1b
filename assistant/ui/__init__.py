"""The page. Gradio appears here and nowhere else."""
