package dev.caravan.bench;

import dev.caravan.bench.Peer.Kind;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What to measure: the options of the command line, or their defaults. */
final class Options {
    static final String USAGE =
            """
            bench/run [option ...]
              --peers spring,caravan,limit
              --rounds 5               measured rounds of each system
              --jobs 20000             jobs of a round
              --connections 32,128     HTTP connections; there is a table for each number
              --warm-up 120000         jobs of each system before the first round
              --plot-rounds 3          rounds of each point of the plots, by connections and by payload; 0: no plots
              --jar target/caravan.jar
              --write                  write the tables and plots to docs/explanation
              --smoke                  one round of 500 jobs, no warm-up, no plots: whether it works, not how fast""";

    List<Kind> peers = List.of(Kind.values());
    int rounds = 5;
    int jobs = 20_000;
    List<Integer> connections = List.of(32, 128);
    int warmUp = 120_000;
    int plotRounds = 3;
    Path jar = Path.of("target", "caravan.jar");
    boolean write;
    /** Flags for the JVM of each system. */
    List<String> jvm = List.of();

    /** @throws IllegalArgumentException if an argument is not an option, or a value is none */
    Options(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--peers" ->
                    peers = list(arguments, ++i)
                            .map(name -> Kind.valueOf(name.toUpperCase(Locale.ROOT)))
                            .toList();
                case "--rounds" -> rounds = number(arguments, ++i);
                case "--jobs" -> jobs = number(arguments, ++i);
                case "--connections" ->
                    connections = list(arguments, ++i).map(Integer::valueOf).toList();
                case "--warm-up" -> warmUp = number(arguments, ++i);
                case "--plot-rounds" -> plotRounds = number(arguments, ++i);
                case "--jar" -> jar = Path.of(value(arguments, ++i));
                case "--write" -> write = true;
                case "--smoke" -> {
                    rounds = 1;
                    jobs = 500;
                    connections = List.of(32);
                    warmUp = 0;
                    plotRounds = 0;
                    jvm = List.of("-XX:TieredStopAtLevel=1"); // less to compile, of which so few jobs have nothing
                }
                default -> throw new IllegalArgumentException("There is no option " + arguments[i]);
            }
        }
    }

    private static String value(String[] arguments, int i) {
        if (i == arguments.length) {
            throw new IllegalArgumentException(arguments[i - 1] + " needs a value");
        }
        return arguments[i];
    }

    private static int number(String[] arguments, int i) {
        return Integer.parseInt(value(arguments, i));
    }

    private static Stream<String> list(String[] arguments, int i) {
        return Arrays.stream(value(arguments, i).split(","));
    }
}
