"""The log lines of one platform: found, put in the order of time, filtered, shown, and held against their schema."""
