namespace OrleansGateway;

/// <summary>The model catalog that this silo prices and routes by: made of its configuration and of what the cluster keeps.</summary>
internal sealed class CatalogSource
{
    private readonly CatalogRecipe? _recipe;
    private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private volatile ModelCatalog _current;
    private long _revision;

    /// <summary>One that waits for what the cluster keeps.</summary>
    public CatalogSource(CatalogRecipe recipe)
    {
        _recipe = recipe;
        _current = recipe.Build(CatalogInputs.None);
    }

    /// <summary>One that never changes.</summary>
    public CatalogSource(ModelCatalog catalog)
    {
        _current = catalog;
        _heard.SetResult();
    }

    /// <summary>The catalog in force.</summary>
    public ModelCatalog Current => _current;

    /// <summary>The revision of what it is made of; 0 before anything was heard.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Completes when what the cluster keeps is known: an operator's price must not be missed because the silo is young.</summary>
    public Task Heard => _heard.Task;

    /// <summary>Takes newer inputs; older ones change nothing.</summary>
    public void Take(CatalogInputs inputs)
    {
        if (_recipe is not null)
        {
            lock (_lock)
            {
                if (inputs.Revision > _revision)
                {
                    _current = _recipe.Build(inputs);
                    Volatile.Write(ref _revision, inputs.Revision);
                }
            }
        }
        _heard.TrySetResult();
    }
}
