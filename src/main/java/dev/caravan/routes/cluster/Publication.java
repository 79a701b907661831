package dev.caravan.routes.cluster;

import java.time.Instant;
import java.util.Map;

/**
 * A set of route files that replaces the one before it on all nodes, or on none.
 *
 * @param number from 1; a later publication has a higher one
 * @param base the number of the one that it was made from; 0 for the first
 * @param by who published it, and from where
 * @param why in the author's words; may be empty
 * @param files all texts by the names of their files, tests among them, without those that each version of Caravan brings
 *     itself
 */
public record Publication(long number, long base, String by, String why, Instant at, Map<String, String> files) {
    public Publication {
        files = Map.copyOf(files);
    }
}
