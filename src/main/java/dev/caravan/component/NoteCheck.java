package dev.caravan.component;

import java.util.Collection;
import java.util.List;

/** A check of the notes of routes by the module that reads them, before such a route runs. Thread-safe. */
public interface NoteCheck {
    /** @return what is wrong with the note of a route; empty if nothing is, or if it is none of this module's */
    List<Fault> check(String routeId, String note);

    /**
     * @param word beside which it stands in the note
     * @param reason for the author of the route
     * @param known what could have been meant by the word; may be empty
     */
    record Fault(String word, String reason, Collection<String> known) {}
}
