@echo off
rem Starts the Gas Town tray at login; written by gt service install.
start "" /b @GT@ tray --foreground
