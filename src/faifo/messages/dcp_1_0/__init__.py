"""Messages of the Decentralized Claims Protocol 1.0. Read and written by `dsp_2025_1.codec`."""
