package dev.caravan.embedded;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Profile;

/**
 * An embedded part that starts only in the profile {@code embedded}, and only if none of these properties names a server. A
 * property counts as set if it has a value that is not blank, is a list ({@code name[0]}) or has parts ({@code name.part}).
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Profile("embedded")
@Conditional(OnUnsetCondition.class)
@interface ConditionalOnUnset {

    /** The names in canonical form: lower case, kebab-case. */
    String[] value();
}
