package dev.caravan.job;

import dev.caravan.component.NoteCheck;
import java.util.List;
import org.springframework.stereotype.Component;

/** Checks the settings of a type in the note of its handler. */
@Component
class JobTypeCheck implements NoteCheck {
    @Override
    public List<Fault> check(String routeId, String note) {
        return routeId.startsWith(JobTypes.ROUTE) ? new JobTypeNote(note).check() : List.of();
    }
}
