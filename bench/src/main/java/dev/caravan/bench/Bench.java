package dev.caravan.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Runs sections of the benchmark one after the other and prints their figures. Ends with status 1 if a section finds that
 * something is not correct, or takes longer than it may.
 */
public final class Bench {
    private static final int SMOKE_MINUTES = 3;
    private static final Map<String, Kind> SECTIONS = new LinkedHashMap<>();

    static {
        SECTIONS.put("jobs", new Kind(25, Jobs::new));
        SECTIONS.put("bulk", new Kind(15, Bulk::new));
        SECTIONS.put("reads", new Kind(5, Reads::new));
        SECTIONS.put("edits", new Kind(6, Edits::new));
        SECTIONS.put("cold", new Kind(20, Cold::new));
        SECTIONS.put("chat", new Kind(20, Chat::new));
        SECTIONS.put("curves", new Kind(40, Curves::new));
    }

    private Bench() {}

    public static void main(String[] arguments) {
        if (List.of(arguments).contains("--help")) {
            System.out.println(Options.USAGE);
            return;
        }
        int status = 1;
        try {
            run(new Options(arguments));
            status = 0;
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n\n" + Options.USAGE);
        } catch (Exception e) {
            System.err.println("FAILED: " + e);
        }
        System.exit(status);
    }

    private static void run(Options options) throws Exception {
        List<String> names = SECTIONS.keySet().stream()
                .filter(name -> options.sections.isEmpty() || options.sections.contains(name))
                .toList();
        if (!SECTIONS.keySet().containsAll(options.sections)) {
            throw new IllegalArgumentException("The sections are " + String.join(", ", SECTIONS.keySet()));
        }
        int all = names.stream()
                .mapToInt(name -> options.full(SECTIONS.get(name).minutes(), SMOKE_MINUTES))
                .sum();
        System.out.printf("%s: at most %d minutes%n", String.join(", ", names), all);
        Lab lab = new Lab(options);
        for (String name : names) {
            Kind kind = SECTIONS.get(name);
            int minutes = options.full(kind.minutes(), SMOKE_MINUTES);
            System.out.printf("%n%s, at most %d minutes%n", name, minutes);
            Timer limit = new Timer("bench-limit", true);
            limit.schedule(end(name), TimeUnit.MINUTES.toMillis(minutes));
            long begin = System.nanoTime();
            String figures = lab.heading() + '\n' + kind.create().apply(lab).run();
            limit.cancel();
            System.out.printf("%n%s%n%s took %d s%n", figures, name, (System.nanoTime() - begin) / 1_000_000_000);
            if (options.write) {
                Page.write(name, figures);
            }
        }
    }

    /** Ends this JVM, which stops all processes of the run. */
    private static TimerTask end(String section) {
        return new TimerTask() {
            @Override
            public void run() {
                System.err.println("FAILED: " + section + " takes too long");
                System.exit(1);
            }
        };
    }

    /** @param minutes how long a run of it may take before it is ended */
    private record Kind(int minutes, Function<Lab, Section> create) {}
}
