"""What the tests of several folders share: towns, repositories, child processes, waiting."""
