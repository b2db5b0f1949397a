"""The store: a folder with the records, the published snapshots and a pointer to the current one."""
