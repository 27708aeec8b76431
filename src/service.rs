//! Layer 3: the use cases that both front ends call, and the workers.
