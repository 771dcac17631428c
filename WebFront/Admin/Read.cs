using System.Diagnostics.CodeAnalysis;

namespace OrleansGateway.Admin;

/// <summary>Something read from a request, or why it was refused.</summary>
internal readonly struct Read<T>
    where T : notnull
{
    private readonly T? _value;
    private readonly AdminProblem? _problem;

    private Read(T? value, AdminProblem? problem) => (_value, _problem) = (value, problem);

    public static implicit operator Read<T>(T value) => new(value, null);

    public static implicit operator Read<T>(AdminProblem problem) => new(default, problem);

    public bool Is([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out AdminProblem? problem)
    {
        (value, problem) = (_value, _problem);
        return problem is null;
    }
}
