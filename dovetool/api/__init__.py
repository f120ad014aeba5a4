"""Python's interface: what `import dovetool` gives.

The contract of this layer:
- What is public has its name in `dovetool.__all__`, and its page in docs/python.md; it stays as it is. All modules,
  these too, are internal.
- It takes plain values (paths, numbers, text) and gives values that show themselves in terminals and notebooks. It
  does what the commands do, through the same jobs, and prints nothing.
- Bad use is a TypeError for what is no such thing at all, else a DovetoolError with a line that helps.
"""
