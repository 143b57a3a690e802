"""What a town is made of: records and their lifecycles. Pure: no disk, process, clock or print."""
