# What every kernel of a student's JupyterLab does at its start: answer a slip by a sentence.
c.InteractiveShellApp.extensions = ["seminar.choices"]  # noqa: F821
