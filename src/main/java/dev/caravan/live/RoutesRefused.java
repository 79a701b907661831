package dev.caravan.live;

import java.util.List;
import java.util.stream.Collectors;

/** A change of route files that was refused as a whole; what ran before goes on running. */
public final class RoutesRefused extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<RouteProblem> problems;

    RoutesRefused(List<RouteProblem> problems) {
        super(problems.stream().map(RouteProblem::toString).collect(Collectors.joining("; ")));
        this.problems = List.copyOf(problems);
    }

    RoutesRefused(RouteProblem problem) {
        this(List.of(problem));
    }

    /** At least one. */
    public List<RouteProblem> problems() {
        return problems;
    }
}
