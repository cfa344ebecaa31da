"""What a machine needs that installs MCMeet without this tree."""
