package dev.caravan.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What to measure: the words of the command line, or their defaults. */
final class Options {
    static final String USAGE =
            """
            bench/run [section ...] [option ...]
              sections, all by default, in this order:
                jobs                   what a job costs, with 32 and 128 connections, beside plain Spring and the bare limit
                bulk                   what a job of a batch costs, and what RabbitMQ alone takes
                reads                  what GET /jobs/{id} costs, beside a bare handler
                edits                  from the edit of a route to its effect, under 2,000 submissions a second
                cold                   the start of a node, its memory, its first 30,000 jobs
                chat                   what a delivery costs in three settings, beside a bare fan-out and vertx-stomp
                curves                 how costs grow with connections, payload, backlog, nodes, rooms, job types
              --rounds 5               measured rounds of each system
              --peers spring,caravan,limit     the systems of the section jobs
              --jobs 20000             jobs of a round
              --connections 32,128     HTTP connections of the section jobs; there is a table for each number
              --warm-up 120000         jobs of each system before the first round
              --jar target/caravan.jar
              --write                  write tables and plots to docs/explanation
              --smoke                  as little of each section as can be: whether it works, not how fast""";

    private static final Map<String, String> PEERS =
            Map.of("spring", Lab.SPRING, "caravan", Lab.CARAVAN, "limit", Lab.LIMIT);

    /** The names of the sections; empty: all. */
    final List<String> sections = new ArrayList<>();

    List<String> peers = List.of(Lab.SPRING, Lab.CARAVAN, Lab.LIMIT);
    int rounds = 5;
    int jobs = 20_000;
    List<Integer> connections = List.of(32, 128);
    int warmUp = 120_000;
    Path jar = Path.of("target", "caravan.jar");
    boolean write;
    boolean smoke;
    /** Flags for the JVM of each system. */
    List<String> jvm = List.of();

    /** @throws IllegalArgumentException if an argument is not an option, or a value is none */
    Options(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--peers" ->
                    peers = list(arguments, ++i).map(Options::peer).toList();
                case "--rounds" -> rounds = number(arguments, ++i);
                case "--jobs" -> jobs = number(arguments, ++i);
                case "--connections" ->
                    connections = list(arguments, ++i).map(Integer::valueOf).toList();
                case "--warm-up" -> warmUp = number(arguments, ++i);
                case "--jar" -> jar = Path.of(value(arguments, ++i));
                case "--write" -> write = true;
                case "--smoke" -> {
                    smoke = true;
                    rounds = 1;
                    jobs = 500;
                    connections = List.of(32);
                    warmUp = 0;
                    jvm = List.of("-XX:TieredStopAtLevel=1"); // less to compile, of which so few jobs have nothing
                }
                default -> {
                    if (arguments[i].startsWith("-")) {
                        throw new IllegalArgumentException("There is no option " + arguments[i]);
                    }
                    sections.add(arguments[i]);
                }
            }
        }
    }

    /** The first number, or the second one in a smoke run. */
    int full(int number, int ofSmoke) {
        return smoke ? ofSmoke : number;
    }

    private static String peer(String name) {
        if (!PEERS.containsKey(name)) {
            throw new IllegalArgumentException("There is no system " + name);
        }
        return PEERS.get(name);
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
