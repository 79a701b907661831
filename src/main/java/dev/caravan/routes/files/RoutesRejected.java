package dev.caravan.routes.files;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** A change of route files was rejected as a whole: the routes that ran before go on. */
public class RoutesRejected extends Exception {
    private static final long serialVersionUID = 1;
    public static final int MAX_PROBLEMS = 100;

    private static final Comparator<Integer> PLACE = Comparator.nullsFirst(Comparator.naturalOrder());

    private final transient List<RouteProblem> problems;

    public RoutesRejected(List<RouteProblem> problems) {
        this(problems.stream()
                .distinct()
                .sorted(Comparator.comparing(RouteProblem::file)
                        .thenComparing(RouteProblem::line, PLACE)
                        .thenComparing(RouteProblem::column, PLACE))
                .toArray(RouteProblem[]::new));
    }

    public RoutesRejected(RouteProblem... problems) {
        super(first(problems).stream().map(RouteProblem::toString).collect(Collectors.joining("; ")));
        this.problems = first(problems);
    }

    private static List<RouteProblem> first(RouteProblem... all) {
        List<RouteProblem> problems = new ArrayList<>(List.of(all));
        if (all.length > MAX_PROBLEMS) {
            problems.subList(MAX_PROBLEMS, all.length).clear();
            int more = all.length - MAX_PROBLEMS;
            problems.add(RouteProblem.of("(and more)", more + " more " + (more == 1 ? "problem" : "problems")));
        }
        return List.copyOf(problems);
    }

    /** At least one, in the order of files and lines. */
    public final List<RouteProblem> problems() {
        return problems;
    }
}
