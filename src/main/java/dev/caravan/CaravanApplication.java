package dev.caravan;

import java.util.OptionalInt;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts a Caravan node, or answers what the command line asks for instead. */
@SpringBootApplication
public class CaravanApplication {
    public static void main(String[] args) {
        OptionalInt answered = new CommandLine(System.out, System.err).answer(args);
        if (answered.isPresent()) {
            System.exit(answered.getAsInt());
        }
        SpringApplication.run(CaravanApplication.class, args);
    }
}
