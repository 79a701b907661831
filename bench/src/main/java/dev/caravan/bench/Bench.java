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
    private static final Map<String, Function<Lab, Section>> SECTIONS = new LinkedHashMap<>();

    static {
        SECTIONS.put("jobs", Jobs::new);
        SECTIONS.put("bulk", Bulk::new);
        SECTIONS.put("reads", Reads::new);
        SECTIONS.put("edits", Edits::new);
        SECTIONS.put("cold", Cold::new);
        SECTIONS.put("chat", Chat::new);
        SECTIONS.put("curves", Curves::new);
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
        Lab lab = new Lab(options);
        Map<String, Section> sections = new LinkedHashMap<>();
        names.forEach(name -> sections.put(name, SECTIONS.get(name).apply(lab)));
        int minutes = sections.values().stream().mapToInt(Section::minutes).sum();
        System.out.printf("%s: at most %d minutes%n", String.join(", ", names), minutes);
        for (Map.Entry<String, Section> section : sections.entrySet()) {
            System.out.printf(
                    "%n%s, at most %d minutes%n",
                    section.getKey(), section.getValue().minutes());
            Timer limit = new Timer("bench-limit", true);
            limit.schedule(
                    end(section.getKey()),
                    TimeUnit.MINUTES.toMillis(section.getValue().minutes()));
            long begin = System.nanoTime();
            String figures = lab.heading() + '\n' + section.getValue().run();
            limit.cancel();
            System.out.printf(
                    "%n%s%n%s took %d s%n", figures, section.getKey(), (System.nanoTime() - begin) / 1_000_000_000);
            if (options.write) {
                Page.write(section.getKey(), figures);
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
}
