package dev.caravan;

import dev.caravan.live.RoutesCommand;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts a Caravan node, or does what the command line asks for instead. */
@SpringBootApplication
public class CaravanApplication {
    public static void main(String[] args) {
        if (RoutesCommand.isMeant(args)) {
            System.exit(new RoutesCommand(CaravanApplication.class, System.out, System.err).run(args));
        }
        SpringApplication.run(CaravanApplication.class, args);
    }
}
