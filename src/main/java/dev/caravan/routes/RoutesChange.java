package dev.caravan.routes;

import java.util.Set;

/** What a change of files does to routes, by their ids: those whose text means the same as before are in none. */
public record RoutesChange(Set<String> added, Set<String> changed, Set<String> removed) {
    @Override
    public String toString() {
        return added.isEmpty() && changed.isEmpty() && removed.isEmpty()
                ? "nothing to do"
                : "added " + added + ", changed " + changed + ", removed " + removed;
    }
}
