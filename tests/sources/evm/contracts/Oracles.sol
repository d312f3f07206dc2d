// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Stand-ins for oracles whose contracts are not on npm: the documented views, nothing of the protocols' own code.

/// A feed that answers a number out of its code, and the present time as its round.
contract ConstantFeed {
    uint8 public constant decimals = 8;

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, 126_500_000, block.timestamp, block.timestamp, 1);
    }

    function latestAnswer() external pure returns (int256) {
        return 126_500_000;
    }
}

/// The views of MorphoChainlinkOracleV2.
contract MorphoOracleStandIn {
    address public BASE_FEED_1;
    address public constant BASE_FEED_2 = address(0);
    address public immutable QUOTE_FEED_1;
    address public constant QUOTE_FEED_2 = address(0);
    address public immutable BASE_VAULT;
    address public constant QUOTE_VAULT = address(0);

    constructor(address base, address quote, address vault) {
        BASE_FEED_1 = base;
        QUOTE_FEED_1 = quote;
        BASE_VAULT = vault;
    }

    function price() external view returns (uint256) {
        return BASE_FEED_1 == address(0) ? 1.265e36 : 1.26e36;
    }
}

/// An oracle that names no parts, and whose price is part of the code.
contract BareConstantOracle {
    function price() external pure returns (uint256) {
        return 1.265e36;
    }
}

contract FixedRateStandIn {
    string public constant name = "FixedRateOracle";

    function getQuote(uint256 amount, address, address) external pure returns (uint256) {
        return (amount * 1265) / 1000;
    }
}

contract ChainlinkAdapterStandIn {
    string public constant name = "ChainlinkOracle";
    address public immutable feed;

    constructor(address feed_) {
        feed = feed_;
    }

    function getQuote(uint256 amount, address, address) external pure returns (uint256) {
        return amount;
    }
}

contract CrossStandIn {
    string public constant name = "CrossAdapter";
    address public immutable oracleBaseCross;
    address public immutable oracleCrossQuote;

    constructor(address one, address other) {
        oracleBaseCross = one;
        oracleCrossQuote = other;
    }
}

/// Vault and router in one: it prices the collateral by one adapter, unwrapping it first when it is told to.
contract EulerRouterStandIn {
    address public constant unitOfAccount = 0x0000000000000000000000000000000000000348;
    address public adapter;
    address public unwrapped;

    function use(address adapter_, address unwrapped_) external {
        adapter = adapter_;
        unwrapped = unwrapped_;
    }

    function oracle() external view returns (address) {
        return address(this);
    }

    function resolvedVaults(address) external view returns (address) {
        return unwrapped;
    }

    function resolveOracle(uint256 amount, address base, address quote)
        external
        view
        returns (uint256, address, address, address)
    {
        return (amount, unwrapped == address(0) ? base : unwrapped, quote, adapter);
    }

    function getQuote(uint256 amount, address, address) external view returns (uint256) {
        require(adapter != address(0), "PriceOracle_NotSupported");
        return amount;
    }
}

interface Source {
    function latestAnswer() external view returns (int256);
}

/// A source that only answers `latestAnswer()`, as Aave's adapters do.
contract CappedStandIn {
    Source private immutable _source;
    int256 private _cap = 1e8;

    constructor(Source source) {
        _source = source;
    }

    function latestAnswer() external view returns (int256) {
        int256 answer = _source.latestAnswer();
        return answer > _cap ? _cap : answer;
    }
}

/// What Morpho answers for a market: only its oracle is told.
contract MorphoRegistryStandIn {
    address private immutable _oracle;

    constructor(address oracle) {
        _oracle = oracle;
    }

    function idToMarketParams(bytes32) external view returns (address, address, address, address, uint256) {
        return (address(1), address(2), _oracle, address(0), 0);
    }
}
