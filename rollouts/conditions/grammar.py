r"""The grammar of conditions: expr-lang/expr 1.17, as LALR(1).

The grammar knows brackets, calls, literals and closures. How tightly operators bind it leaves to
`syntax.py`, because in expr that is no property of a tree: a pipe takes all that stands to its left,
and what follows it goes on as if the call were a single name (`1 + x | f() * 2` is `f(1 + x) * 2`).

Words such as `in` and `not` are names after a dot (`result.in`), so they end where a name would end, and
the parser's state decides.
"""

from __future__ import annotations

GRAMMAR = r"""
start: sequence _LAST_SEMICOLON?

sequence: expression (";" expression)*

?expression: let
           | choice
           | conditional

let: LET NAME "=" expression ";" sequence

choice: IF expression "{" sequence "}" ELSE (choice | "{" sequence "}")

?conditional: operation
            | operation "?" expression ":" expression -> ternary
            | operation "?" ":" expression            -> otherwise

operation: prefix* primary (infix prefix* primary | pipe)*

!prefix: NOT | "!" | "-" | "+"

!infix: OR | "||" | AND | "&&"
      | "==" | "!=" | "<" | ">" | "<=" | ">="
      | NOT? (IN | MATCHES | CONTAINS | STARTS_WITH | ENDS_WITH)
      | ".." | "+" | "-" | "*" | "/" | "%" | "**" | "^" | "??"

pipe: "|" NAME "(" arguments ")"

?primary: literal
        | postfixed

literal: NUMBER -> number
       | TRUE   -> true
       | FALSE  -> false
       | NIL    -> nil

postfixed: atom postfix*

?atom: STRING                     -> string
     | NAME                       -> name
     | NAME "(" arguments ")"     -> call
     | bracketed
     | "[" (expression ("," expression)* ","?)? "]" -> array
     | "{" (pair ("," pair)* ","?)? "}"             -> mapping
     | "#" NAME?                  -> pointer
     | "." NAME                   -> field_of_pointer
     | "." NAME "(" arguments ")" -> method_of_pointer

bracketed: "(" sequence ")"

pair: (NAME | TRUE | FALSE | NIL | NUMBER) ":" expression -> named_pair
    | STRING ":" expression               -> quoted_pair
    | bracketed ":" expression            -> computed_pair

arguments: (argument ("," argument)* ","?)?

?argument: expression
         | "{" sequence "}" -> block

postfix: "." NAME                         -> field
       | "." NAME "(" arguments ")"       -> method
       | "?." NAME                        -> optional_field
       | "?." NAME "(" arguments ")"      -> optional_method
       | "[" expression "]"               -> index
       | "?." "[" expression "]"          -> optional_index
       | "?."? "[" expression ":" "]"            -> slice_from
       | "?."? "[" ":" expression "]"            -> slice_to
       | "?."? "[" expression ":" expression "]" -> slice_between
       | "?."? "[" ":" "]"                       -> slice_all

NAME: /[^\W\d][\w$]*|[$][\w$]*/
NUMBER.1: /(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)(?![\w$])/
        | /(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]*)?(?![\w$])/
STRING: /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:``|[^`])*`/s

NOT.1: /not(?![\w$])/
IN.1: /in(?![\w$])/
OR.1: /or(?![\w$])/
AND.1: /and(?![\w$])/
MATCHES.1: /matches(?![\w$])/
CONTAINS.1: /contains(?![\w$])/
STARTS_WITH.1: /startsWith(?![\w$])/
ENDS_WITH.1: /endsWith(?![\w$])/
LET.1: /let(?![\w$])/
IF.1: /if(?![\w$])/
ELSE.1: /else(?![\w$])/
TRUE.1: /true(?![\w$])/
FALSE.1: /false(?![\w$])/
NIL.1: /nil(?![\w$])/

_LAST_SEMICOLON.1: /;(?:\s|\/\/[^\n]*|\/\*.*?\*\/)*\Z/s
COMMENT: /\/\/[^\n]*|\/\*.*?\*\//s
SPACE: /\s+/
%ignore SPACE
%ignore COMMENT
"""
