package dev.caravan.routes.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caravan.routes.files.RouteProblem;
import java.util.List;

/**
 * How far a node is, as it tells the others.
 *
 * @param name of the node
 * @param runs the number of the publication that it runs; 0 if none
 * @param checked the number of the publication that it has checked last
 * @param rejected why it cannot run that one; empty if it can
 * @param failed why it does not run the current publication; empty if it does, or has not tried. It takes no jobs until then
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NodeState(String name, long runs, long checked, List<RouteProblem> rejected, List<RouteProblem> failed) {
    public NodeState {
        rejected = rejected == null ? List.of() : List.copyOf(rejected);
        failed = failed == null ? List.of() : List.copyOf(failed);
    }
}
