package dev.caravan.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponse;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/**
 * Responds with a problem to requests that Spring MVC itself rejects: an unknown path (404), a method that a path does
 * not have (405 with {@code Allow}), a format that it cannot produce (406) or read (415).
 *
 * <p>Leaves exceptions that are no {@link ErrorResponse} to later resolvers, above all Spring Security's, and finally
 * to {@link ErrorPage}.
 */
@Component
class MvcProblems implements HandlerExceptionResolver, Ordered {

    private static final Logger LOG = LoggerFactory.getLogger(MvcProblems.class);

    /** Before Spring MVC's own resolvers (0), which would turn these exceptions into error pages. */
    @Override
    public int getOrder() {
        return -1;
    }

    @Override
    public ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, Object handler, Exception exception) {
        if (!(exception instanceof ErrorResponse error)) {
            return null;
        }
        ProblemDetail problem = error.getBody();
        if (exception instanceof NoResourceFoundException || exception instanceof NoHandlerFoundException) {
            problem = ErrorPage.nothingHere();
        }
        try {
            Problems.write(problem, error.getHeaders(), request, response);
        } catch (IOException e) {
            LOG.debug("The client went away at {}", request.getRequestURI(), e);
        }
        return new ModelAndView();
    }
}
