//! The simulated Gmail and the scripted model, on loopback HTTP.
