package dev.caravan;

import java.util.OptionalInt;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts a Caravan node, or runs the command that the arguments name. */
@SpringBootApplication
public class CaravanApplication {
    public static void main(String[] args) {
        OptionalInt exitCode = new CommandLine(System.out, System.err).run(args);
        if (exitCode.isPresent()) {
            System.exit(exitCode.getAsInt());
        }
        SpringApplication.run(CaravanApplication.class, args);
    }
}
