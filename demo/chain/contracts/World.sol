// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// OpenZeppelin's ERC-20 with chosen decimals and an owner who mints and burns.
contract Token is ERC20, Ownable {
    uint8 private immutable _decimals;

    constructor(string memory name, string memory symbol, uint8 decimals_) ERC20(name, symbol) Ownable(msg.sender) {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function mint(address to, uint256 value) external onlyOwner {
        _mint(to, value);
    }

    function burn(address from, uint256 value) external onlyOwner {
        _burn(from, value);
    }
}

/// OpenZeppelin's ERC-4626 whose exits the owner can stop; the limits are 0 while stopped, as the EIP asks.
contract Vault is ERC4626, Pausable, Ownable {
    constructor(IERC20 asset, string memory name, string memory symbol)
        ERC20(name, symbol)
        ERC4626(asset)
        Ownable(msg.sender)
    {}

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function maxWithdraw(address owner) public view override returns (uint256) {
        return paused() ? 0 : super.maxWithdraw(owner);
    }

    function maxRedeem(address owner) public view override returns (uint256) {
        return paused() ? 0 : super.maxRedeem(owner);
    }
}

/// OpenZeppelin's ERC-4626 that can lock its holders in without any flag that says so.
contract SilentVault is ERC4626, Ownable {
    bool private _locked;

    constructor(IERC20 asset) ERC20("Silent", "SIL") ERC4626(asset) Ownable(msg.sender) {}

    function lock(bool locked) external onlyOwner {
        _locked = locked;
    }

    function maxWithdraw(address owner) public view override returns (uint256) {
        return _locked ? 0 : super.maxWithdraw(owner);
    }

    function maxRedeem(address owner) public view override returns (uint256) {
        return _locked ? 0 : super.maxRedeem(owner);
    }
}
